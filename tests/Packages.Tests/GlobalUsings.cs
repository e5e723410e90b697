global using Cs336.Testing;
global using Packages.Tests.Feed;
