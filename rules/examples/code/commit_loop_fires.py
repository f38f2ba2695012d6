from sqlalchemy.orm import Session


def store(session: Session, rows):
    for row in rows:
        session.add(row)
        session.commit()
