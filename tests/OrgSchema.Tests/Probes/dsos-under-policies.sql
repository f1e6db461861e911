-- role: authenticated
SELECT set_config('request.jwt.claims', '{"sub": "6559957c-2ce6-4cea-aa15-f79fb401a685"}', true);
SELECT 1 / count(*) FROM dsos;
SELECT 1 / count(*) FROM doctors JOIN dsos ON dsos.id = doctors.dso_id;
UPDATE dsos SET name = name || ' (managed)' WHERE id = 'd5000000-0000-4000-8000-000000000003';
