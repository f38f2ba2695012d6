/* Loops whose statement is sent in few rounds: remembered, for one element, or the last thing that the loop does. */
#include "tests/lib/sources.h"

static const char notes[] = "SELECT group_concat(line || ' ' || coalesce(note, '-'), '; ') FROM (SELECT * FROM code_site WHERE kind = 'call' AND what = 'execute' ORDER BY line)";

START_TEST(rounds__few)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from sqlalchemy.orm import Session\ndef f(s: Session, keys, seen, wanted):\n    for key in keys:\n        if key.kind not in seen:\n            seen[key.kind] = s.execute('SELECT 1')\n"
                              "    for key in keys:\n        if key == wanted:\n            s.execute('SELECT 2')\n"
                              "    for key in keys:\n        if key.a:\n            s.execute('SELECT 3')\n        else:\n            s.execute('SELECT 4')\n        break\n"
                              "    for key in keys:\n        if key not in seen:\n            s.execute('SELECT 5')\n        if key.kind == wanted:\n            s.execute('SELECT 6')\n");
        tree_file(&t, "shop/tests.py", "from sqlalchemy.orm import Session\ndef f(s: Session, keys):\n    for key in keys:\n        s.execute('SELECT 1')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, notes), "5 some rounds; 8 some rounds; 11 last round; 13 last round; 17 -; 19 -");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(rounds__few)
