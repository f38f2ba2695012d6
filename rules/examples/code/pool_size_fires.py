import os

from sqlalchemy import create_engine

OPTIONS = {"pool_size": int(os.getenv("POOL_SIZE", "20")), "max_overflow": 30}
engine = create_engine("postgresql://app@db/app", **OPTIONS)
