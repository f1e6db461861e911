namespace OrgSchema.Online;

/// <summary>A backfill of values that a column has by its definition: triggers of the table do not hear of it where this role may silence them.</summary>
/// <remarks>For them nothing has changed: as with ADD COLUMN and a default, <c>updated_at</c> stays.</remarks>
internal static class SilentBackfill
{
    /// <summary>The backfill, between a command that silences triggers and one that ends this.</summary>
    public static IEnumerable<OnlineExpression> Of(StepContext context, BackfillExpression backfill)
    {
        var maySilence = $"SELECT {context.Call("may_silence")}";
        return
        [
            new SqlExpression([
                new("SET session_replication_role = replica")
                {
                    Said = "",
                    OnlyIf = maySilence,
                    Condition = "this role may silence triggers",
                    Why = "No application has changed these rows: updated_at stays, and no trigger reports them.",
                },
            ]),
            backfill,
            new SqlExpression([new("SET session_replication_role = origin") { Said = "", OnlyIf = maySilence, Condition = "it was set" }]),
        ];
    }
}
