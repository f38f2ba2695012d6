/* Which build of the program this is: the linker's build id in hex, "" when it has none. What is cached is for one build. */
#pragma once
const char *build_id(void);
