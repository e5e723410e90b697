using Cs336.Training;
using Cs336.Transformer;
using System.Text.Json.Nodes;

namespace Cs336.Cli.Tests;

public sealed class TrainCommandTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Fact]
    public void A_run_tells_its_losses_and_leaves_a_folder_to_look_at()
    {
        string run = _small.File("run");
        JsonObject result = CliRun.Json(["train", .. _small.Config, "--output", run]);
        Assert.Equal("completed", (string)result["outcome"]!);
        Assert.Equal(12, (int)result["steps"]!);
        Assert.Equal(12 * 4 * 16, (int)result["tokens"]!);
        Assert.Equal(Math.Exp((double)result["validation_loss"]!), (double)result["perplexity"]!, 6);
        Assert.True((double)result["bits_per_byte"]! > 0);
        foreach (string name in (string[])["config.json", "metrics.jsonl", "curve.png", "machine.json",
            "checkpoints/step-00000012/model.safetensors"])
            Assert.True(File.Exists(Path.Combine(run, name)), name);
        Assert.NotEmpty(Directory.GetFiles(run, "events.out.tfevents.*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Without_a_terminal_progress_is_plain_lines_on_stderr()
    {
        CliRun run = CliRun.Of(["train", .. _small.Config, "--output", _small.File("run")]).Succeeded();
        Assert.Contains("training 50%  step 6/12  loss ", run.Errors);
        Assert.Contains("training 100%  step 12/12  loss ", run.Errors);
        Assert.DoesNotContain("\u001b", run.Errors + run.Output);
        Assert.Contains("| completed |", run.Output);
    }

    [Fact]
    public void Overrides_are_laid_over_the_file_the_later_over_the_earlier()
    {
        string patch = _small.Write("patch.json", """{ "training": { "max_steps": 3 }, "optimizer": { "weight_decay": 0.3 } }""");
        CliRun.Of(["train", .. _small.Config, "--output", _small.File("run"), "--config-override", patch,
            """{"model":{"d_model":24},"training":{"max_steps":4}}""",
            "--set", "optimizer.max_lr=1e-3", "--set", "model.norm=post", "model.num_layers=2"]).Succeeded();
        JsonNode config = JsonNode.Parse(File.ReadAllText(_small.File("run/config.json")))!;
        Assert.Equal((24, 2, "post"), ((int)config["model"]!["d_model"]!, (int)config["model"]!["num_layers"]!,
            (string)config["model"]!["norm"]!));
        Assert.Equal((0.001, 0.3), ((double)config["optimizer"]!["max_lr"]!, (double)config["optimizer"]!["weight_decay"]!));
        Assert.Equal(4, (int)config["training"]!["max_steps"]!);
        Assert.Equal(4, File.ReadLines(_small.File("run/metrics.jsonl")).Count());
    }

    [Fact]
    public void A_models_keys_alone_will_do()
    {
        string model =
            _small.Write("model.json",
            """{ "vocab_size": 300, "context_length": 16, "d_model": 16, "num_layers": 1, "num_heads": 2, "d_ff": 32 }""");
        CliRun.Of("train", "--config", model, "--data", _small.File("ids.npy"), "--valid", _small.File("ids.npy"), "--output",
            _small.File("run"), "--set", "training.max_steps=2").Succeeded();
    }

    [Fact]
    public void A_depth_makes_a_whole_run_and_what_is_named_goes_over_it()
    {
        string[] data = ["--data", _small.File("ids.npy"), "--tokenizer", _small.File("tk")];
        string file = _small.Write("over.json",
            """{ "model": { "context_length": 16 }, "training": { "batch_size": 2, "loss": { "z_loss_weight": 1e-4 } } }""");
        string run = _small.File("run");
        CliRun.Of(["train", "--depth", "2", "--config", file, .. data, "--output", run, "--set", "training.max_steps=3"]).Succeeded();
        RunConfig config = RunConfig.Load(Path.Combine(run, "config.json")), rules = RunConfig.OfDepth(2);
        Assert.Equal((300, 16, 64, 2, 2, 176), (config.Model.VocabSize, config.Model.ContextLength, config.Model.DModel,
            config.Model.NumLayers, config.Model.NumHeads, config.Model.DFf));
        Assert.Equal(rules.Optimizer, config.Optimizer);
        Assert.Equal(rules.Training with { BatchSize = 2, MaxSteps = 3, Loss = new LossOptions { ZLossWeight = 1e-4 } }, config.Training);

        string[] plan = ["train", "--depth", "1", .. data, "--output", _small.File("plan"), "--set", "training.batch_size=2",
            "model.context_length=16", "--dry-run"];
        JsonObject planned = CliRun.Json(plan);
        Assert.Equal((245, 32), ((int)planned["steps"]!, (int)planned["config"]!["model"]!["d_model"]!));
        Assert.Contains("\"max_lr\": 0.006", CliRun.Of(plan).Output);
        Assert.False(Path.Exists(_small.File("plan")));
    }

    [Fact]
    public void A_depth_that_makes_no_sense_is_refused()
    {
        string[] data = ["--data", _small.File("ids.npy"), "--tokenizer", _small.File("tk"), "--output", _small.File("run")];
        Assert.Contains("--depth is 0, but must be from 1 to 128", CliRun.Of(["train", "--depth", "0", .. data]).Errors);
        Assert.Contains("--depth makes a model of its own, and --init begins with another",
            CliRun.Of(["train", "--depth", "2", "--init", _small.File("model"), .. data]).Errors);
    }

    [Fact]
    public void A_dry_run_shows_the_plan_and_writes_nothing()
    {
        string run = _small.File("run");
        JsonObject plan = CliRun.Json(["train", .. _small.Config, "--output", run, "--dry-run"]);
        Assert.Equal(12_208, (int)plan["parameters"]!); // 2 · 300 · 16 + 4 · 16² + 3 · 16 · 32 + 3 · 16, counted by hand
        Assert.Equal(12 * 64, (int)plan["tokens"]!);
        Assert.True((double)plan["seconds_per_step"]! > 0);
        Assert.Equal(12 * (double)plan["seconds_per_step"]!, (double)plan["expected_seconds"]!, 9);
        Assert.False(Path.Exists(run));
        Assert.Equal(ComputePlan.ProcessorKind, (string?)plan["processor"]);
        Assert.Equal(ComputePlan.Of(ComputePath.Fast).Append(new OptimizerConfig { Name = OptimizerKind.AdamW }.Describe())
            .Select(choice => $"{choice.Work}: {choice.Code}"), plan["compute"]!.AsObject().Select(item => $"{item.Key}: {item.Value}"));
        string table = CliRun.Of(["train", .. _small.Config, "--output", run, "--dry-run"]).Output;
        Assert.Contains("FLOPs per step", table);
        Assert.Contains("attention", table);
    }

    [Fact]
    public void A_cancelled_run_ends_with_130_and_goes_on_as_if_it_had_never_stopped()
    {
        string whole = _small.File("whole"), torn = _small.File("torn");
        CliRun.Of(["train", .. _small.Config, "--output", whole]).Succeeded();

        using CancellationTokenSource stopping = new();
        stopping.Cancel();
        CliRun stopped = CliRun.With("", stopping.Token, ["train", .. _small.Config, "--output", torn]);
        Assert.Equal(130, stopped.ExitCode);
        Assert.Contains($"To go on: cs336 train --output {torn} --resume", stopped.Errors);
        CliRun.Of("train", "--output", torn, "--resume").Succeeded();
        Assert.Equal(Losses(whole), Losses(torn));
    }

    [Theory]
    [InlineData("INT")] // Ctrl-C
    [InlineData("TERM")]
    [InlineData("HUP")] // a closed terminal, a lost connection
    [InlineData("QUIT")]
    public async Task A_signal_leaves_a_run_that_can_be_gone_on_with(string signal)
    {
        if (OperatingSystem.IsWindows()) return; // there is no signal to send to another process
        string run = _small.File("run");
        using CliProcess first = CliProcess.Start(_small.Folder,
            ["train", .. _small.Config, "--output", run, "--set", "training.max_steps=100000", "training.checkpoint_every=100000"]);
        await first.WaitUntilAsync(() => first.Errors.Contains("step 6/100000", StringComparison.Ordinal));
        first.Send(signal);
        await first.WaitAsync();
        Assert.Equal(130, first.ExitCode);
        int steps = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count();
        Assert.Contains($"Stopped at step {steps}.", first.Errors);

        using CliProcess second = await CliProcess.RunAsync(_small.Folder, "train", "--output", run, "--resume", "--set",
            $"training.max_steps={steps + 5}", "--json");
        Assert.True(second.ExitCode == 0, second.Errors);
        Assert.Equal(steps + 5, (int)JsonNode.Parse(second.Output)!["steps"]!);
    }

    [Theory]
    [InlineData("There is no key model.d_modle: is model.d_model meant?", "--set", "model.d_modle=3")]
    [InlineData("There is no key optimizer.lr", "--set", "model.d_modle=3", "optimizer.lr=3")]
    [InlineData("optimizer.max_lr", "--set", "optimizer.max_lr=fast")]
    [InlineData("There is no key trainin: is training meant?", "--config-override", """{"trainin":{}}""")]
    [InlineData("--config-override is not JSON", "--config-override", "{oops")]
    [InlineData("--config-override is not JSON: Duplicate property 'max_steps'", "--config-override",
        """{"training":{"max_steps":5,"max_steps":6}}""")]
    [InlineData("training.loss is ", "--set", """training.loss={"z_loss_weight":0,"z_loss_weight":1}""")]
    [InlineData("holds half a character (a lone surrogate such as \\ud800) in $.samples.prompts[0]", "--set",
        """samples.prompts=["\ud800"]""")]
    [InlineData("There is no nowhere.json", "--config-override", "nowhere.json")]
    [InlineData("d_model is 16, which num_heads 3 does not divide", "--set", "model.num_heads=3")]
    [InlineData("nowhere.npy", "--valid", "nowhere.npy")]
    [InlineData("model.vocab_size is 301, but the tokenizer", "--set", "model.vocab_size=301")]
    public void Bad_configurations_are_one_message_and_begin_no_run(string message, params string[] arguments)
    {
        CliRun.Of(["train", .. _small.Config, "--output", _small.File("run"), .. arguments]).Failed(1, message);
        Assert.False(File.Exists(_small.File("run/config.json")));
    }

    [Fact]
    public void What_does_not_go_together_is_said()
    {
        string run = _small.File("run");
        CliRun.Of("train", "--output", run).Failed(2, "--config names no file");
        CliRun.Of("train", "--config", _small.File("config.json"), "--output", run).Failed(2, "give --data TRAIN.npy");
        CliRun.Of(["train", .. _small.Config, "--output", run, "--set", "d_model"]).Failed(2, "must be KEY=VALUE");
        CliRun.Of(["train", .. _small.Config, "--output", run, "--device", "tpu"]).Failed(2, "must be cpu, cuda or cuda:N");
        // The tests' libtorch is the CPU's.
        CliRun.Of(["train", .. _small.Config, "--output", run, "--device", "cuda"]).Failed(1, "libtorch finds no CUDA device");
        CliRun.Of("train", "--output", run, "--resume").Failed(1, "holds no run to go on with");
        CliRun.Of(["train", .. _small.Config, "--output", run]).Succeeded();
        CliRun.Of(["train", .. _small.Config, "--output", run]).Failed(1, "already holds a run");
    }

    [Fact]
    public async Task A_run_finds_its_files_from_any_folder_and_takes_no_other_file_of_the_name()
    {
        string model = _small.Write("model.json", """{ "model": { "vocab_size": 300, "context_length": 16, "d_model": 16, "num_layers": 1, "num_heads": 2, "d_ff": 32 }, "training": { "max_steps": 2 } }""");
        using CliProcess first = await CliProcess.RunAsync(_small.Folder, "train", "--config", model, "--data", "ids.npy", "--tokenizer",
            "tk", "--output", "run");
        Assert.True(first.ExitCode == 0, first.Errors);
        string other = _small.File("other");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "ids.npy"), "another file of that name");
        using CliProcess second = await CliProcess.RunAsync(other, "train", "--output", "../run", "--resume", "--set",
            "training.max_steps=4");
        Assert.True(second.ExitCode == 0, second.Errors);
        Assert.Equal(_small.File("ids.npy"), (string)JsonNode.Parse(
            File.ReadAllText(_small.File("run/config.json")))!["data"]!["training"]!);
        CliRun.Of("generate", "--run", _small.File("run"), "--prompt", "a", "--max-new-tokens", "2").Succeeded();
    }

    [Fact]
    public void Two_programs_do_not_train_in_one_folder()
    {
        string run = _small.File("run");
        CliRun.Of(["train", .. _small.Config, "--output", run]).Succeeded();
        using (RunLock.Take(new RunDirectory(run))) // as a host has it
            CliRun.Of("train", "--output", run, "--resume", "--set", "training.max_steps=14").Failed(1, "is another one going on there?");
        CliRun.Of("train", "--output", run, "--resume", "--set", "training.max_steps=14").Succeeded();
    }

    [Fact]
    public void A_refused_resume_leaves_the_run_as_it_was()
    {
        string run = _small.File("run");
        CliRun.Of(["train", .. _small.Config, "--output", run]).Succeeded();
        CliRun.Of("train", "--output", run, "--resume", "--set", "optimizer.name=muon").Failed(1, "The run was begun with adamw");
        CliRun.Of("train", "--output", run, "--resume", "--set", "training.sampling=epochs")
            .Failed(1, "The run was begun with random windows");
        CliRun.Of("train", "--output", run, "--resume").Succeeded();
    }

    [Fact]
    public void A_run_that_diverges_keeps_what_it_learnt()
    {
        string run = _small.File("run");
        CliRun diverged = CliRun.Of(["train", .. _small.Config, "--output", run, "--set", "training.max_steps=400",
            "training.checkpoint_every=1000", "training.evaluate_every=1000", "training.max_loss_spike=0.05"]);
        Assert.Equal(1, diverged.ExitCode);
        Assert.Contains("holds the last good state.", diverged.Errors);
        string step = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints"))));
        Assert.InRange(int.Parse(step["step-".Length..]), 20, 399);
        CliRun.Of("train", "--output", run, "--resume", "--set", "training.max_loss_spike=Infinity", "training.max_steps=400").Succeeded();
        Assert.Equal(Enumerable.Range(1, 400), File.ReadLines(Path.Combine(run, "metrics.jsonl"))
            .Select(line => (int)JsonNode.Parse(line)!["step"]!));
    }

    [Fact]
    public void Steps_that_were_left_out_are_counted()
    {
        JsonObject result = CliRun.Json(["train", .. _small.Config, "--output", _small.File("run"), "--set", "training.max_steps=200",
            "training.on_divergence=skip", "training.max_loss_spike=0.05"]);
        int skipped = (int)result["skipped_steps"]!;
        Assert.Equal(File.ReadLines(_small.File("run/metrics.jsonl"))
            .Count(line => line.Contains("\"skipped\":true", StringComparison.Ordinal)), skipped);
        Assert.True(skipped > 0);
    }

    private static IEnumerable<string> Losses(string run) =>
        File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)
            .Select(line => $"{line["loss"]} {line["validation_loss"]}");
}
