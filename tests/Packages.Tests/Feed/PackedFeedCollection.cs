namespace Packages.Tests.Feed;

/// <summary>Packed once, and one test after the other.</summary>
[CollectionDefinition(Name)]
public sealed class PackedFeedCollection : ICollectionFixture<PackedFeed>
{
    public const string Name = "packages";
}
