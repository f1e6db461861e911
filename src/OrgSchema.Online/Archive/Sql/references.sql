-- Every foreign key: the table that has it (child), the table that it refers to (parent), and what a delete in the parent does.
-- Of a partitioned table the key of the whole, not those of its partitions.
SELECT k.oid, k.conname::text AS name, k.conrelid AS child, k.confrelid AS parent, k.confdeltype::text AS on_delete,
       c.names AS child_columns, c.parents AS parent_columns, c.parent_types,
       coalesce((SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
                 WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.confdelsetcols)), c.names) AS set_columns
FROM pg_catalog.pg_constraint AS k
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(m.attname::text ORDER BY u.place) AS names, pg_catalog.array_agg(r.attname::text ORDER BY u.place) AS parents,
           pg_catalog.array_agg(pg_catalog.format_type(r.atttypid, -1) ORDER BY u.place) AS parent_types
    FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) WITH ORDINALITY AS u (mine, theirs, place)
    JOIN pg_catalog.pg_attribute AS m ON m.attrelid = k.conrelid AND m.attnum = u.mine
    JOIN pg_catalog.pg_attribute AS r ON r.attrelid = k.confrelid AND r.attnum = u.theirs
) AS c
WHERE k.contype = 'f' AND k.conparentid = 0
