# of celery
task_acks_late = True
task_soft_time_limit = 3000
worker_prefetch_multiplier = 1
result_expires = 3600
broker_transport_options = {"visibility_timeout": 10800}
