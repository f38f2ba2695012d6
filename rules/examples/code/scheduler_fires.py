from apscheduler.schedulers.asyncio import AsyncIOScheduler

scheduler = AsyncIOScheduler()


async def check():
    pass


def start():
    scheduler.add_job(check, "interval", seconds=10)
    scheduler.add_job(check, "interval", hours=1)
    scheduler.add_job(check, "cron", hour=3)
