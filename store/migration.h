/* The numbered files of store/schema/, embedded in the binary by the build (build/gen/embed.S). */
#pragma once
extern const char store_schema_001[];
extern const char store_schema_002[];
extern const char store_schema_003[];
extern const char store_schema_004[];
extern const char store_schema_005[];
extern const char store_schema_006[];
extern const char store_schema_007[];
extern const char store_schema_008[];
extern const char store_schema_009[];
extern const char store_schema_010[];
extern const char store_schema_011[];
extern const char store_facts_sql[];
/* All of them with the fact views, as an SQLite image (store/tool/schema_image.c). */
extern const char store_schema_image[], store_schema_image_end[];
