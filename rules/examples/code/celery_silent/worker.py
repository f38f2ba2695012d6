from celery import Celery

app = Celery("work", broker="redis://queue/0", backend="redis://queue/1")
app.config_from_object("settings")


@app.task(time_limit=7200)
def report(month):
    return month


def later(month):
    report.apply_async((month,), countdown=3600)
