using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using StoryServer.Settings;

namespace StoryServer.Tests.Processes;

/// <summary>The server as a process of its own, as a user starts it, with a small model.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private ServerProcess(Process process, int port)
    {
        _process = process;
        Url = new Uri($"http://127.0.0.1:{port}");
        Client = new HttpClient { BaseAddress = Url };
        DataReceivedEventHandler keep = (_, line) =>
        {
            lock (_log) _log.AppendLine(line.Data);
        };
        process.OutputDataReceived += keep;
        process.ErrorDataReceived += keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Url { get; }

    public HttpClient Client { get; }

    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    public static ServerProcess Start(string directory, long steps, params string[] settings)
    {
        int port = FreePort();
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            typeof(StorySettings).Assembly.Location, $"--Urls=http://127.0.0.1:{port}", $"--Story:Directory={directory}",
            $"--Story:Steps={steps}",
            "--Story:CorpusBytes=60000", "--Story:VocabSize=400", "--Story:ContextLength=64", "--Story:DModel=32",
            "--Story:NumLayers=2", "--Story:NumHeads=2",
            .. settings,
        ];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return new ServerProcess(Process.Start(start)!, port);
    }

    /// <summary>Waits for a report of the training; null where the process ends before.</summary>
    public async Task<JsonObject?> WaitForAsync(Func<JsonObject, bool> condition)
    {
        JsonObject? report = null;
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(2); await Task.Delay(20))
        {
            if (_process.HasExited) return null;
            try
            {
                report = await Client.GetFromJsonAsync<JsonObject>("api/training");
                if (condition(report!)) return report;
            }
            catch (HttpRequestException)
            {
                // it does not listen yet
            }
        }
        throw new TimeoutException($"The training is {report}. The log:\n{Log}");
    }

    /// <summary>The memory that the process holds, in bytes.</summary>
    public long ReadWorkingSet()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", _process.Id.ToString()]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the process has ended.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        using CancellationTokenSource timeout = new(patience);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
