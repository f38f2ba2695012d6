from redis import Redis
from rq import Queue

queue = Queue("low", connection=Redis(host="cache", socket_timeout=5), default_timeout=300)


def report(day):
    return day


def ask(day, other):
    queue.enqueue(report, day, result_ttl=500)
    other.enqueue(report, day, result_ttl=-1)


class WorkerSettings:
    functions = [report]
    keep_result = 3600
    job_timeout = 60
