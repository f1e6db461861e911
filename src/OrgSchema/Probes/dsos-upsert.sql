-- role: service_role
INSERT INTO dsos (id, name) VALUES ('d5000000-0000-4000-8000-000000000001', 'Smile') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *;
INSERT INTO dsos (id, name) VALUES ('d5000000-0000-4000-8000-0000000000ff', 'Fresh') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *;
