using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StoryServer.Model;
using StoryServer.Web;

namespace StoryServer.Tests.Web;

public sealed class RequestProblemsTests
{
    private readonly ListLogger<RequestProblems> _log = new();

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(ArgumentException))] // of a call that no request has anything to do with
    public void The_servers_own_fault_is_logged_with_its_exception_and_not_told(Type kind)
    {
        Exception exception = (Exception)Activator.CreateInstance(kind, "a secret of the inside")!;
        Assert.Equal((500, "The server has failed; its log says how."), Judge(exception));
        Assert.Equal((LogLevel.Error, "GET /api/training has failed", exception), Assert.Single(_log.Entries));
    }

    [Fact]
    public void Everything_else_is_told_and_not_logged()
    {
        Assert.Equal((400, "top_p is 0"), Judge(new UnsoundRequestException("top_p is 0")));
        Assert.Equal(504, Judge(new TimeoutException()).Item1);
        Assert.Equal((413, "too much"), Judge(new BadHttpRequestException("too much", 413)));
        Assert.Equal(503, Judge(new ObjectDisposedException("the service")).Status);
        Assert.Equal(503, Judge(new OperationCanceledException()).Status);
        Assert.Empty(_log.Entries);
    }

    private (int Status, string Detail) Judge(Exception exception) => RequestProblems.Judge(
        new DefaultHttpContext
        {
            Request = { Method = "GET", Path = "/api/training" },
            RequestServices = new ServiceCollection().AddSingleton<ILogger<RequestProblems>>(_log).BuildServiceProvider(),
        }, exception);
}
