using FluentMigrator.Builders;
using FluentMigrator.Infrastructure;

namespace OrgSchema.Online.Tests;

/// <summary>Types of FluentMigrator that a generated column may have.</summary>
internal enum ColumnKind
{
    Int16,
    Int32,
    Int64,
    Boolean,
    Decimal,
    Double,
    ShortString,
    Text,
    AnsiString,
    Date,
    DateTime,
    DateTimeOffset,
    Time,
    Guid,
    Binary,
    Json,
}

/// <summary>A column as a generated list makes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its type.</param>
/// <param name="IsNullable">Whether it may be NULL.</param>
/// <param name="Default">Its default; null: none.</param>
/// <param name="IsUnique">Whether it is unique, by a constraint that FluentMigrator names.</param>
/// <param name="Description">Its comment; null: none.</param>
internal sealed record GeneratedColumn(string Name, ColumnKind Kind, bool IsNullable, object? Default = null, bool IsUnique = false, string? Description = null)
{
    /// <summary>Whether another object is built on it.</summary>
    public bool IsUsed { get; init; }

    /// <summary>Whether a row has to give it a value.</summary>
    public bool IsRequired => !IsNullable && Default is null;

    /// <summary>What it may hold. Few of them, so that some rows are the same.</summary>
    public object[] Values => Kind switch
    {
        ColumnKind.Int16 => [(short)0, (short)-7],
        ColumnKind.Int32 => [1, 2, -3],
        ColumnKind.Int64 => [5L, 9_000_000_000L],
        ColumnKind.Boolean => [true, false],
        ColumnKind.Decimal => [0m, 12.50m, -1.25m],
        ColumnKind.Double => [1.5, -2.25e10],
        ColumnKind.ShortString => ["", "x", "it's"],
        ColumnKind.Text => ["$$;--", "a \"word\" \\ and ä", "{0} $(t) 'q'\nline"],
        ColumnKind.AnsiString => ["plain", "NULL"],
        ColumnKind.Date => [new DateTime(2026, 2, 26, 0, 0, 0, DateTimeKind.Unspecified)],
        ColumnKind.DateTime => [new DateTime(2026, 2, 3, 4, 5, 6, DateTimeKind.Unspecified), new DateTime(1999, 12, 31, 23, 59, 59, DateTimeKind.Utc)],
        ColumnKind.DateTimeOffset => [new DateTimeOffset(2026, 2, 26, 1, 2, 3, TimeSpan.FromHours(2))],
        ColumnKind.Time => ["12:34:56"],
        ColumnKind.Guid => [Guid.Parse("6559957c-2ce6-4cea-aa15-f79fb401a685"), Guid.Empty],
        ColumnKind.Binary => [new byte[] { 0, 255, 39, 92 }],
        _ => ["""{"a": [1, null, "b"]}"""],
    };

    /// <summary>Gives the column its type and its options, in whatever verb it is made.</summary>
    public TNext Describe<TNext, TNextKey>(IColumnTypeSyntax<TNext> column)
        where TNext : IColumnOptionSyntax<TNext, TNextKey>
        where TNextKey : IFluentSyntax
    {
        var next = As(column, Kind);
        next = IsNullable ? next.Nullable() : next.NotNullable();
        if (Default is not null)
            next = next.WithDefaultValue(Default);
        if (IsUnique)
            next = next.Unique();
        return Description is null ? next : next.WithColumnDescription(Description);
    }

    /// <summary>Gives a column a type.</summary>
    public static TNext As<TNext>(IColumnTypeSyntax<TNext> column, ColumnKind kind)
        where TNext : IFluentSyntax => kind switch
        {
            ColumnKind.Int16 => column.AsInt16(),
            ColumnKind.Int32 => column.AsInt32(),
            ColumnKind.Int64 => column.AsInt64(),
            ColumnKind.Boolean => column.AsBoolean(),
            ColumnKind.Decimal => column.AsDecimal(12, 2),
            ColumnKind.Double => column.AsDouble(),
            ColumnKind.ShortString => column.AsString(20),
            ColumnKind.Text => column.AsString(),
            ColumnKind.AnsiString => column.AsAnsiString(10),
            ColumnKind.Date => column.AsDate(),
            ColumnKind.DateTime => column.AsDateTime(),
            ColumnKind.DateTimeOffset => column.AsDateTimeOffset(),
            ColumnKind.Time => column.AsTime(),
            ColumnKind.Guid => column.AsGuid(),
            ColumnKind.Binary => column.AsBinary(),
            _ => column.AsCustom("jsonb"),
        };
}
