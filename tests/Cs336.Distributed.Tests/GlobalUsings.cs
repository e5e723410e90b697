global using Cs336.Testing;
