global using Cs336.Testing;
global using Cs336.Tokenizers;
