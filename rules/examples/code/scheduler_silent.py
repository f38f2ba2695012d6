from apscheduler.schedulers.asyncio import AsyncIOScheduler

scheduler = AsyncIOScheduler(job_defaults={"coalesce": True, "max_instances": 1})


async def check():
    pass


def start():
    scheduler.add_job(check, "interval", seconds=10)
