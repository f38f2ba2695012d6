from sqlalchemy import create_engine

engine = create_engine("postgresql://app@pgbouncer:6432/app", pool_size=5, max_overflow=0)
