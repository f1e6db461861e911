-- role: service_role
INSERT INTO dsos (name) VALUES ('New Client') RETURNING *;
INSERT INTO dsos (name, archived) VALUES ('Old Client', true) RETURNING *;
