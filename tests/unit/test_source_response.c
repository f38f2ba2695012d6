/* Relationships that a response model reads of each row, and pages cut out of rows that were all fetched. */
#include "tests/lib/sources.h"

#define MODELS "from sqlalchemy import ForeignKey\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, joinedload\nfrom pydantic import BaseModel\nfrom fastapi import APIRouter\n" \
               "router = APIRouter()\nclass Base(DeclarativeBase): pass\nclass A(Base):\n    __tablename__ = 'a'\n    id: Mapped[int] = mapped_column(primary_key=True)\n" \
               "class B(Base):\n    __tablename__ = 'b'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    a_id: Mapped[int] = mapped_column(ForeignKey('a.id'))\n    a: Mapped[A] = relationship()\n" \
               "class Out(BaseModel):\n    a: dict\n"

START_TEST(response__reads_a_relationship_of_each_row)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", MODELS "@router.get('/', response_model=list[Out])\ndef f(s: Session):\n    return s.query(B).limit(9).all()\n"
                                     "@router.get('/', response_model=list[Out])\ndef g(s: Session):\n    return s.query(B).options(joinedload(B.a)).limit(9).all()\n"
                                     "@router.get('/', response_model=Out)\ndef h(s: Session):\n    return s.query(B).limit(9).all()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(qualname || ' ' || callee || ' ' || args) FROM code_site WHERE kind = 'attribute' AND what = 'lazy'"), "f a B");
        tree_free(&t);
}
END_TEST

START_TEST(slice__a_page_of_all_rows)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import asyncpg\nasync def all_of(c: asyncpg.Connection):\n    return await c.fetch('SELECT 1')\n"
                              "async def f(c, offset, n):\n    rows = (await all_of(c)) or []\n    return rows[offset:offset + n]\n"
                              "async def g(c, n):\n    rows = await all_of(c)\n    return rows[:n], rows[1:n]\n"
                              "async def h(offset, n):\n    rows = list(range(9))\n    return rows[offset:n]\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(qualname || ' ' || line || ' ' || args) FROM code_site WHERE what = 'sliced'"), "f 5 rows");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(response__reads_a_relationship_of_each_row, slice__a_page_of_all_rows)
