from redis import Redis
from rq import Queue

queue = Queue("low", connection=Redis(host="cache", socket_timeout=5), default_timeout=-1)


def report(day):
    return day


def ask(day):
    queue.enqueue(report, day, result_ttl=-1)


class WorkerSettings:
    functions = [report]
    keep_result_forever = True
    job_timeout = None
