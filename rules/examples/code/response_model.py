from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload, sessionmaker

app = FastAPI()
Factory = sessionmaker(create_engine("postgresql://db/books", pool_size=5))


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship()


class AuthorOut(BaseModel):
    name: str


class BookShort(BaseModel):
    id: int


class BookOut(BookShort):
    author: AuthorOut


def session():
    with Factory() as s:
        yield s


@app.get("/books", response_model=list[BookOut])
def books(limit: int, s: Session = Depends(session)):
    return s.query(Book).limit(limit).all()


@app.get("/loaded", response_model=list[BookOut])
def loaded(limit: int, s: Session = Depends(session)):
    return s.query(Book).options(selectinload(Book.author)).limit(limit).all()


@app.get("/short", response_model=list[BookShort])
def short(limit: int, s: Session = Depends(session)):
    return s.query(Book).limit(limit).all()
