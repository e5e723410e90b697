using System.Reflection;
using System.Runtime.InteropServices;
using Cs336.Inference;

namespace Cs336.Benchmarks.Decoding;

/// <summary>
/// llama.cpp, called in its own C interface: from Node a token takes milliseconds more. Structures of parameters are passed on
/// as they come from their defaults, so that their layout, which changes between releases, need not be known.
/// </summary>
internal sealed unsafe partial class LlamaCpp : ILanguageModel, IDisposable
{
    private readonly nint _model, _context;

    public LlamaCpp(string ggufPath, string libraries, int vocabSize, int contextLength, int threads)
    {
        NativeLibrary.SetDllImportResolver(
            Assembly.GetExecutingAssembly(), (name, _, _) => NativeLibrary.Load(Directory.GetFiles(libraries, $"lib{name}.v*").Single()));
        (VocabSize, ContextLength) = (vocabSize, contextLength);
        SetLog(&Ignore, 0);
        LoadBackends(libraries);
        StartBackend();
        _model = LoadModel(ggufPath, DefaultModelParameters());
        if (_model == 0) throw new InvalidOperationException($"Error: llama.cpp does not load {ggufPath}.");
        _context = MakeContext(_model, DefaultContextParameters());
        SetThreads(_context, threads, threads);
    }

    /// <summary>The name of the library that computes, of those for different processors; empty where the system does not tell.</summary>
    public static string LoadedBackend => !OperatingSystem.IsLinux() ? "" : string.Join(", ", File.ReadLines("/proc/self/maps")
        .Select(line => Path.GetFileNameWithoutExtension(line))
        .Where(name => name.StartsWith("libggml-cpu-", StringComparison.Ordinal)).Distinct());

    public int VocabSize { get; }

    public int ContextLength { get; }

    public IKvCache CreateCache()
    {
        ClearMemory(MemoryOf(_context), true);
        return new Cache();
    }

    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        Cache cache = (Cache)batch[0].Cache;
        int[] tokens = batch[0].Tokens.ToArray();
        fixed (int* pointer = tokens)
        {
            if (Decode(_context, BatchOf(pointer, tokens.Length)) != 0)
                throw new InvalidOperationException("Error: llama.cpp does not decode.");
        }
        cache.Length += tokens.Length;
        new ReadOnlySpan<float>(LogitsOf(_context, -1), VocabSize).CopyTo(logits);
    }

    public void Dispose()
    {
        FreeContext(_context);
        FreeModel(_model);
    }

    private sealed class Cache : IKvCache
    {
        public int Length { get; set; }

        public void Truncate(int length) => throw new NotSupportedException();

        public void Dispose() { }
    }

    [StructLayout(LayoutKind.Sequential, Size = 1024)]
    private struct Parameters;

    [StructLayout(LayoutKind.Sequential)]
    private struct Batch
    {
        public int Count;
        public nint Tokens, Embeddings, Positions, SequenceCounts, Sequences, Outputs;
    }

    [UnmanagedCallersOnly]
    private static void Ignore(int level, byte* text, nint data) { }

    [LibraryImport("ggml", EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void LoadBackends(string folder);

    [LibraryImport("llama", EntryPoint = "llama_log_set")]
    private static partial void SetLog(delegate* unmanaged<int, byte*, nint, void> log, nint data);

    [LibraryImport("llama", EntryPoint = "llama_backend_init")]
    private static partial void StartBackend();

    [LibraryImport("llama", EntryPoint = "llama_model_default_params")]
    private static partial Parameters DefaultModelParameters();

    [LibraryImport("llama", EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint LoadModel(string path, Parameters parameters);

    [LibraryImport("llama", EntryPoint = "llama_context_default_params")]
    private static partial Parameters DefaultContextParameters();

    [LibraryImport("llama", EntryPoint = "llama_init_from_model")]
    private static partial nint MakeContext(nint model, Parameters parameters);

    [LibraryImport("llama", EntryPoint = "llama_set_n_threads")]
    private static partial void SetThreads(nint context, int threads, int batchThreads);

    [LibraryImport("llama", EntryPoint = "llama_get_memory")]
    private static partial nint MemoryOf(nint context);

    [LibraryImport("llama", EntryPoint = "llama_memory_clear")]
    private static partial void ClearMemory(nint memory, [MarshalAs(UnmanagedType.U1)] bool data);

    [LibraryImport("llama", EntryPoint = "llama_batch_get_one")]
    private static partial Batch BatchOf(int* tokens, int count);

    [LibraryImport("llama", EntryPoint = "llama_decode")]
    private static partial int Decode(nint context, Batch batch);

    [LibraryImport("llama", EntryPoint = "llama_get_logits_ith")]
    private static partial float* LogitsOf(nint context, int index);

    [LibraryImport("llama", EntryPoint = "llama_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport("llama", EntryPoint = "llama_model_free")]
    private static partial void FreeModel(nint model);
}
