from sqlalchemy.orm import Session


def store(session: Session, rows):
    for number, row in enumerate(rows):
        session.add(row)
        if number % 500 == 0:
            session.commit()
    session.commit()


def consume(session: Session, queue):
    while True:
        session.add(queue.get())
        session.commit()
