from celery import Celery

app = Celery("work", broker="redis://queue/0", backend="redis://queue/1")
app.conf.update(task_acks_late=True, task_time_limit=7200, result_expires=None)


@app.task
def report(month):
    return month


def later(month):
    report.apply_async((month,), countdown=86400)
