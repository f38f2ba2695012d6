from sqlalchemy import create_engine


def make(url, size):
    return create_engine(url, pool_size=size)


engine = create_engine("postgresql://app@db/app")
page = dict(max_size=1900)
