from sqlalchemy import create_engine

URL = "postgresql://app@db/app"
readers = create_engine(URL, pool_size=5)
writers = create_engine(URL, pool_size=5)
