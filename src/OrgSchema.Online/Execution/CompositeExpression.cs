namespace OrgSchema.Online;

/// <summary>A verb that is several steps, one after the other, each with its own attempts.</summary>
internal abstract class CompositeExpression : OnlineExpression
{
    /// <summary>The steps.</summary>
    public abstract IEnumerable<OnlineExpression> Parts(StepContext context);

    public sealed override IEnumerable<Statement> Statements(StepContext context) => Parts(context).SelectMany(part => part.Statements(context));
}
