from celery import Celery

app = Celery("work", broker="amqp://queue")


@app.task
def report(month):
    return month
