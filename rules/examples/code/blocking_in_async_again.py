import time


async def later():
    time.sleep(1)
    time.sleep(2)


def pause():
    time.sleep(1)


async def first():
    pause()


async def second():
    pause()
