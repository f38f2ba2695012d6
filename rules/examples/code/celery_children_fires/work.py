from celery import Celery

app = Celery("work", broker="amqp://queue")


@app.task(time_limit=30)
def report(month):
    return month
