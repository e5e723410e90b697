using Cs336.Inference;
using Cs336.Serving;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

// A small consumer of the whole of Cs336.Serving, for a program that is trimmed or compiled ahead of time: sets everything from
// configuration and from code, and prints the answer to a prompt, or what is wrong with the configuration.
//   AotServing <folder of a tokenizer> <folder of a checkpoint> <prompt> [configuration key=value ...]
HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
{
    ["Tokenizer:Directory"] = args[0],
    ["Model:CheckpointDirectory"] = args[1],
    ["Model:Precision"] = "BFloat16",
    ["Model:thread_count"] = "1",
    ["Generator:MaxNewTokens"] = "8",
    ["Generator:Seed"] = "1",
    ["Generator:StopTokens:0"] = "<|endoftext|>",
    ["Generator:LogitBias:5"] = "-0.5",
    ["Generator:ContextOverflow"] = "Stop",
    ["Service:QueueCapacity"] = "4",
    ["Service:TimeLimit"] = "00:01:00",
    ["Chat:BeforeUser"] = "User: ",
    ["Chat:StopStrings:0"] = "User:",
});
foreach (string[] setting in args.Skip(3).Select(setting => setting.Split('=', 2))) builder.Configuration[setting[0]] = setting[1];
IConfiguration configuration = builder.Configuration;
Cs336Builder parts = builder.Services.AddCs336()
    .AddTokenizer(configuration.GetSection("Tokenizer"))
    .AddCpuModel(configuration.GetSection("Model"))
    .AddGenerator(configuration.GetSection("Generator"))
    .AddGenerationService(configuration.GetSection("Service"));
parts.AddChatClient(configuration.GetSection("Chat")).UseLogging();
parts.AddEmbeddingGenerator().UseLogging();
builder.Services.AddCs336("second")
    .AddTokenizer(options => options.Directory = args[0])
    .AddCpuModel(options => (options.CheckpointDirectory, options.Precision) = (args[1], CpuPrecision.Int8))
    .AddGenerator(options => options.MaxNewTokens = 1)
    .AddGenerationService(options => options.MaxNewTokens = 1)
    .AddChatClient(ChatTemplate.Plain);
builder.Services.AddHealthChecks().AddCs336Generation().AddCs336Generation("second", tags: ["ready"]);
using IHost host = builder.Build();
try
{
    await host.StartAsync();
}
catch (Exception exception) when (exception is OptionsValidationException or AggregateException) // one kind of options, or several
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
ChatResponse response = await host.Services.GetRequiredService<IChatClient>().GetResponseAsync(args[2]);
Console.WriteLine(response.Text);
await host.Services.GetRequiredKeyedService<IChatClient>("second").GetResponseAsync(args[2]);
Embedding<float> embedding = await host.Services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(args[2]);
HealthReport health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
CpuPrecision precision = host.Services.GetRequiredService<CpuLanguageModel>().Precision;
Console.WriteLine($"{response.Usage!.OutputTokenCount} tokens, {precision}, {embedding.Dimensions} dimensions, {health.Status}");
await host.StopAsync();
return 0;
