from sqlalchemy import create_engine

readers = create_engine("postgresql://app@replica/app", pool_size=5)
writers = create_engine("postgresql://app@db/app", pool_size=5)
