-- role: authenticated
-- claims: {"sub": "6559957c-2ce6-4cea-aa15-f79fb401a685", "role": "authenticated"}
SELECT id, name, archived FROM dsos ORDER BY name;
SELECT doctors.name, dsos.name AS dso FROM doctors JOIN dsos ON dsos.id = doctors.dso_id;
UPDATE dsos SET name = name || ' (managed)' WHERE id = 'd5000000-0000-4000-8000-000000000003';
