from sqlalchemy import create_engine

engine = create_engine("postgresql://app@pgbouncer:6432/app", pool_size=4, max_overflow=0)


def main():
    with engine.connect() as conn:
        conn.exec_driver_sql("SELECT 1")


main()
