namespace OrgSchema;

/// <summary>A fact, and while which migrations are applied it must hold.</summary>
internal sealed record ExpectedFact(Fact Fact, long Since, long? Until = null)
{
    /// <summary>Whether it must hold now.</summary>
    public bool IsDue(CheckedDatabase database) => database.IsApplied(Since) && !(Until is { } until && database.IsApplied(until));

    /// <summary>Whether an index has the fact's name: constraints share a name space with tables through their indexes.</summary>
    public bool MakesIndex => Fact.Kind == FactKind.Index
        || (Fact.Kind == FactKind.Constraint && (Fact.Definition.StartsWith("PRIMARY KEY", StringComparison.Ordinal) || Fact.Definition.StartsWith("UNIQUE", StringComparison.Ordinal)));
}

/// <summary>What the migrations make: a table of facts, each with the version that makes it.</summary>
internal static class ExpectedSchema
{
    private const string NewUuid = "gen_random_uuid()";
    private const string Now = "now()";

    public static IReadOnlyList<ExpectedFact> Of(ServerFacts server) =>
    [
        .. Table(server, Versions.CreateOrganizations, "public.organizations",
            [
                new("id", "uuid", NewUuid, NotNull: true),
                new("name", "text", NotNull: true),
                new("slug", "text", NotNull: true),
                new("created_by", "uuid"),
                new("created_at", "timestamp with time zone", Now),
                new("updated_at", "timestamp with time zone", Now),
            ],
            [
                new("organizations_pkey", "PRIMARY KEY (id)"),
                new("idx_organizations_slug", "UNIQUE (slug)"),
                new("organizations_created_by_fkey", "FOREIGN KEY (created_by) REFERENCES auth.users(id) ON DELETE SET NULL"),
            ],
            [new("idx_organizations_created_by", "created_by")],
            updatedAtTrigger: "update_organizations_updated_at"),
        .. Table(server, Versions.CreateOrgMembers, "public.org_members",
            [
                new("id", "uuid", NewUuid, NotNull: true),
                new("org_id", "uuid", NotNull: true),
                new("user_id", "uuid", NotNull: true),
                new("role", "text", "'member'::text", NotNull: true),
                new("joined_at", "timestamp with time zone", Now),
            ],
            [
                new("org_members_pkey", "PRIMARY KEY (id)"),
                new("org_members_org_id_fkey", "FOREIGN KEY (org_id) REFERENCES public.organizations(id) ON DELETE CASCADE"),
                new("org_members_user_id_fkey", "FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE"),
                new("org_members_org_id_user_id_key", "UNIQUE (org_id, user_id)"),
                new("org_members_role_check", "CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text])))"),
            ],
            [new("idx_org_members_org_id", "org_id"), new("idx_org_members_user_id", "user_id")]),
        .. Table(server, Versions.CreateUserProfiles, "public.user_profiles",
            [
                new("id", "uuid", NotNull: true),
                new("email", "text", NotNull: true),
                new("name", "text"),
                new("created_at", "timestamp with time zone", Now),
                new("updated_at", "timestamp with time zone", Now),
            ],
            [
                new("user_profiles_pkey", "PRIMARY KEY (id)"),
                new("user_profiles_id_fkey", "FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE"),
            ],
            [],
            updatedAtTrigger: "update_user_profiles_updated_at"),
        .. OrgIdOfDsos(server),
    ];

    private static IEnumerable<ExpectedFact> OrgIdOfDsos(ServerFacts server) =>
    [
        new(new(FactKind.Column, "public.dsos", "org_id", "uuid"), Versions.AddOrgIdToDsos),
        new(new(FactKind.Default, "public.dsos", "org_id", "none"), Versions.AddOrgIdToDsos),
        new(new(FactKind.Nullability, "public.dsos", "org_id", "NULL"), Versions.AddOrgIdToDsos, Until: Versions.RequireDsosOrgId),
        new(new(FactKind.Nullability, "public.dsos", "org_id", "NOT NULL"), Versions.RequireDsosOrgId),
        new(new(FactKind.Trigger, "public.dsos", "fill_dsos_org_id",
            "CREATE TRIGGER fill_dsos_org_id BEFORE INSERT ON public.dsos FOR EACH ROW WHEN ((new.org_id IS NULL)) EXECUTE FUNCTION orgschema.fill_dsos_org_id()"),
            Versions.AddOrgIdToDsos, Until: Versions.CloseOrgIdBridge),
        new(new(FactKind.Function, "orgschema", "fill_dsos_org_id()", $"trigger, SECURITY DEFINER, pinned search_path, owner {server.Owner}"),
            Versions.AddOrgIdToDsos, Until: Versions.CloseOrgIdBridge),
        new(new(FactKind.Constraint, "public.dsos", "dsos_org_id_fkey",
            "FOREIGN KEY (org_id) REFERENCES public.organizations(id) ON DELETE RESTRICT"),
            Versions.ReferenceOrganizationFromDsos),
        new(new(FactKind.Index, "public.dsos", "idx_dsos_org_id", "CREATE INDEX idx_dsos_org_id ON public.dsos USING btree (org_id)"),
            Versions.IndexDsosOrgId),
    ];

    private static IEnumerable<ExpectedFact> Table(
        ServerFacts server, long since, string table, Column[] columns, Constraint[] constraints, Index[] indexes, string? updatedAtTrigger = null)
    {
        IEnumerable<Fact> facts =
        [
            new(FactKind.Table, table, table["public.".Length..], "an ordinary table"),
            .. columns.Select(column => new Fact(FactKind.Column, table, column.Name, column.Type)),
            .. columns.Select(column => new Fact(FactKind.Default, table, column.Name, column.Default)),
            .. columns.Select(column => new Fact(FactKind.Nullability, table, column.Name, column.NotNull ? "NOT NULL" : "NULL")),
            .. constraints.Select(constraint => new Fact(FactKind.Constraint, table, constraint.Name, constraint.Definition)),
            .. indexes.Select(index => new Fact(FactKind.Index, table, index.Name, $"CREATE INDEX {index.Name} ON {table} USING btree ({index.Columns})")),
            .. updatedAtTrigger is null ? [] : new[]
            {
                new Fact(FactKind.Trigger, table, updatedAtTrigger,
                    $"CREATE TRIGGER {updatedAtTrigger} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()"),
            },
            new(FactKind.Owner, table, "", server.Owner),
            new(FactKind.RowSecurity, table, "", "off"),
            new(FactKind.Grant, table, server.Owner, AllPrivileges(server.Major)),
            new(FactKind.Grant, table, "service_role", AllPrivileges(server.Major)),
        ];
        return facts.Select(fact => new ExpectedFact(fact, since));
    }

    private static string AllPrivileges(int major) =>
        major >= 17 ? "DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE" : "DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE";

    private sealed record Column(string Name, string Type, string Default = "none", bool NotNull = false);

    private sealed record Constraint(string Name, string Definition);

    private sealed record Index(string Name, string Columns);
}
