using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>How commands are told a run's configuration: a file, the data, and overrides on top, the later ones over the earlier.</summary>
internal sealed class ConfigOptions
{
    // Stands for data that nobody named, which a command that looks at the model alone does not miss.
    private const string NoData = "<none>";

    private readonly Option<string?> _data = Options.Optional<string?>("--data",
        "Token file to learn from, .npy, or .bin of nanoGPT or llm.c: data.training", "TRAIN.npy");
    private readonly Option<string?> _valid = Options.Optional<string?>("--valid", "Token file to validate on: data.validation",
        "VALID.npy");
    private readonly Option<string?> _tokenizer = Options.Optional<string?>("--tokenizer",
        $"The tokenizer that made the data, for bits per byte and samples: {TokenizerFiles.Kinds}; data.tokenizer", "PATH");
    private readonly Option<string[]> _overrides = Options.Many("--config-override",
        "JSON to lay over the configuration, or a file of it", "JSON|FILE");
    private readonly Option<string[]> _set = Options.Many("--set", "Single values, such as model.d_model=256", "KEY=VALUE");

    /// <summary>The file.</summary>
    public Option<string?> Config { get; } = Options.Optional<string?>("--config",
        "JSON with the sections model, optimizer, training, data, samples; a model's keys alone will do", "FILE");

    public void AddTo(Command command, bool withData = true)
    {
        command.AddAll(Config, _overrides, _set);
        if (withData) command.AddAll(_data, _valid, _tokenizer, TokenizerFiles.Encoding);
    }

    /// <summary>The file with everything laid over it.</summary>
    /// <exception cref="InvalidDataException">
    /// There are unknown keys, missing ones or values of a wrong type; the message names them all.
    /// </exception>
    public RunConfig Read(ParseResult parsed, JsonObject? instead = null)
    {
        JsonObject config = instead ?? ReadFile(parsed.GetValue(Config) ?? throw new UsageException("--config names no file: give one."));
        if (config["data"] is null) config["data"] = new JsonObject();
        if (config["data"] is JsonObject data && data["training"] is null) data["training"] = NoData;
        RunConfig read = Override(parsed, RunConfig.Parse(config));
        if (IsForData(parsed) && read.Data.Training.Any(file => file.Path == NoData))
            throw new UsageException("Neither the configuration nor the command line names data to learn from: give --data TRAIN.npy.");
        if (read.Model.VocabSize == 0 && read.Data.LoadTokenizer() is BpeTokenizer tokenizer)
            read.Model = read.Model with { VocabSize = tokenizer.VocabSize };
        return read;
    }

    /// <summary>A configuration with what the command line lays over it.</summary>
    public RunConfig Override(ParseResult parsed, RunConfig config)
    {
        if (!IsForData(parsed)) return Patch(parsed, config);
        if (parsed.GetValue(_data) is string data)
            config = config.Merge(new JsonObject { ["data"] = new JsonObject { ["training"] = data } });
        if (parsed.GetValue(_valid) is string valid)
            config = config.Merge(new JsonObject { ["data"] = new JsonObject { ["validation"] = valid } });
        string? encoding = parsed.GetValue(TokenizerFiles.Encoding);
        // Another tokenizer is not of the encoding that the configuration names.
        if (parsed.GetValue(_tokenizer) is string tokenizer)
        {
            JsonObject named = new() { ["tokenizer"] = tokenizer, ["tokenizer_encoding"] = encoding };
            config = config.Merge(new JsonObject { ["data"] = named });
        }
        else if (encoding is not null)
        {
            config = config.Merge(new JsonObject { ["data"] = new JsonObject { ["tokenizer_encoding"] = encoding } });
        }
        return Patch(parsed, config);
    }

    private RunConfig Patch(ParseResult parsed, RunConfig config)
    {
        foreach (string patch in parsed.Values(_overrides))
            config = config.Merge(patch.TrimStart().StartsWith('{') ? JsonFile.Parse(patch, "--config-override") : JsonFile.Read(patch));
        return Set(config, parsed.Values(_set));
    }

    /// <summary>Lays single values over a configuration, and tells of all that are wrong at once.</summary>
    private static RunConfig Set(RunConfig config, string[] assignments)
    {
        List<string> problems = [];
        foreach (string assignment in assignments)
        {
            (string key, string value) = Assignment.Parse("--set", assignment);
            try
            {
                config = config.With(key, value);
            }
            catch (InvalidDataException exception)
            {
                problems.Add($"--set {assignment}: {exception.Message.Split(Environment.NewLine, 2)[^1]}");
            }
        }
        return problems.Count == 0 ? config : throw new InvalidDataException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>A file's JSON; where it holds a model's keys alone, they become the section <c>model</c>.</summary>
    public static JsonObject ReadFile(string path)
    {
        JsonObject json = JsonFile.Read(path);
        return json.ContainsKey("d_model") && !json.ContainsKey("model") ? new JsonObject { ["model"] = json } : json;
    }

    private bool IsForData(ParseResult parsed) => parsed.CommandResult.Command.Options.Contains(_data);
}
