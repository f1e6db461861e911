using NUnit.Framework;

namespace OrgSchema.Online.Tests;

public sealed class Names
{
    [TestCase("public.dsos", "public", "dsos")]
    [TestCase("_a.b_1", "_a", "b_1")]
    public void Qualified_name_is_read(string text, string schema, string name)
    {
        QualifiedName read = text;

        Assert.That((read.Schema, read.Name, read.ToString()), Is.EqualTo((schema, name, text)));
    }

    [TestCase("")]
    [TestCase("dsos")]
    [TestCase("a.b.c")]
    [TestCase("public.Dsos")]
    [TestCase("public.dsos ")]
    [TestCase("public.dsos\n")]
    [TestCase("public.\"dsos\"")]
    [TestCase("public.ds-os")]
    [TestCase("public.1dsos")]
    [TestCase("public.dsös")]
    [TestCase("public.dsos; DROP TABLE dsos")]
    [TestCase("public.")]
    [TestCase(".dsos")]
    public void Anything_else_is_refused(string text) => Assert.That(() => QualifiedName.Parse(text), Throws.ArgumentException.With.Message.Contains("plain identifier").Or.Message.Contains("of the form schema.name"));

    [Test]
    public void Name_that_PostgreSQL_would_cut_is_refused()
    {
        Assert.That(QualifiedName.Identifier(new string('a', 63)), Has.Length.EqualTo(63));
        Assert.That(() => QualifiedName.Identifier(new string('a', 64)), Throws.ArgumentException);
    }

    [Test]
    public void Names_are_equal_by_value() => Assert.That(QualifiedName.Parse("public.dsos"), Is.EqualTo(new QualifiedName("public", "dsos")));
}
