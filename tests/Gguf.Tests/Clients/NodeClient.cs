using System.Text.Json;
using WorldTokenizers.Tests.Npm;

namespace Gguf.Tests.Clients;

/// <summary>What the libraries of npm made of a file, through the script beside this file.</summary>
/// <param name="Keys">The file's keys, and three of the library's own.</param>
/// <param name="Tensors">Name, shape (innermost first), type and offset of each tensor.</param>
/// <param name="Plain">Ids of the texts, in which special tokens are text.</param>
/// <param name="Special">Ids of the texts with special tokens.</param>
/// <param name="Continued">What each prompt goes on with.</param>
internal sealed record NodeClient(
    Dictionary<string, JsonElement> Keys, NodeClient.Tensor[] Tensors, int[][] Plain, int[][] Special, int[][] Continued)
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "Clients", "clients.mjs");

    /// <summary>Hands a file to the libraries.</summary>
    public static NodeClient Read(string path, string[] texts, int[][] prompts, int count)
    {
        using TemporaryFolder folder = new();
        string request = folder.File("request.json"), answer = folder.File("answer.json");
        File.WriteAllText(request, JsonSerializer.Serialize(new { texts, prompts, count }));
        string? problem = NpmCommand.Run(folder.Path, "node", Script, ClientStore.Libraries, path, request, answer);
        Assert.True(problem is null, $"{path} could not be read by the libraries of npm: {problem}");
        return JsonSerializer.Deserialize<NodeClient>(File.ReadAllBytes(answer), JsonSerializerOptions.Web)!;
    }

    /// <summary>A tensor as the library tells it.</summary>
    public sealed record Tensor(string Name, long[] Shape, int Dtype, long Offset);
}
