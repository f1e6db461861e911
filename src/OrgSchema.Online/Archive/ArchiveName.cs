using System.Security.Cryptography;
using System.Text;

namespace OrgSchema.Online;

/// <summary>What the archive of a column is called, in at most 63 bytes.</summary>
internal static class ArchiveName
{
    private const int Longest = 63;

    /// <summary>The table, with its schema if that is not <c>public</c>, a colon, and the column. A name that is too long ends in a digest.</summary>
    public static string Of(QualifiedName table, string column)
    {
        var name = $"archive_{(table.Schema == "public" ? "" : $"{table.Schema}.")}{table.Name}:{column}";
        return Encoding.UTF8.GetByteCount(name) <= Longest
            ? name
            : $"archive_{table.Name[..Math.Min(table.Name.Length, 20)]}:0{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32]}";
    }
}
