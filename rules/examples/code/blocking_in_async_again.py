import time


async def later():
    time.sleep(1)
    time.sleep(2)
