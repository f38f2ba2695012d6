import multiprocessing

from sqlalchemy import create_engine, text

engine = create_engine("postgresql://app@db/app", pool_size=2)


def work(part):
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM parts WHERE part = :part"), {"part": part})


def main():
    for part in range(4):
        multiprocessing.Process(target=work, args=(part,)).start()
