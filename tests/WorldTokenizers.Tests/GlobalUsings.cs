global using Cs336.Testing;
global using Cs336.Tokenizers;
global using WorldTokenizers.Tests.Comparison;
global using WorldTokenizers.Tests.Npm;
global using WorldTokenizers.Tests.Oracle;
global using WorldTokenizers.Tests.Texts;
