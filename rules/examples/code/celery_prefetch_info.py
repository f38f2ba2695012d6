from celery import shared_task


@shared_task(acks_late=True)
def report(month):
    return month
