-- role: service_role
SELECT * FROM dsos;
SELECT id, name FROM dsos WHERE archived IS NOT TRUE ORDER BY name;
SELECT d.name, count(p.id) FROM doctors d JOIN dsos ON dsos.id = d.dso_id LEFT JOIN period_progress p ON p.doctor_id = d.id GROUP BY d.name;
SELECT a.*, dsos.name FROM activities a LEFT JOIN doctors d ON d.id = a.doctor_id JOIN dsos ON dsos.id = coalesce(a.client_id, d.dso_id);
