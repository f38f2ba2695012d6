-- Takes back what users did since generate.sql: for runs that must begin alike.

SET search_path = hearts, public;

DELETE FROM reports WHERE created_at > '2026-06-02';
DELETE FROM messages WHERE id > 1000000;
DELETE FROM matches WHERE id > 120000;
DELETE FROM likes WHERE created_at > '2026-06-02';
UPDATE matches SET last_message_at = created_at WHERE last_message_at > '2026-06-02';
SELECT setval('matches_id_seq', 120000), setval('messages_id_seq', 1000000) \g /dev/null
