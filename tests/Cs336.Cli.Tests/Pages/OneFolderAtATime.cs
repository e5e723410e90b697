namespace Cs336.Cli.Tests.Pages;

/// <summary>Tests that change the process's working folder, which all threads have in common.</summary>
[CollectionDefinition(nameof(OneFolderAtATime), DisableParallelization = true)]
public sealed class OneFolderAtATime;
