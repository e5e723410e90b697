using System.Reflection;

namespace StoryServer.Web;

/// <summary>Serves the page, whose files are embedded in the program.</summary>
internal static class PageFiles
{
    public static void Map(IEndpointRouteBuilder app)
    {
        MapFile(app, "/", "index.html", "text/html; charset=utf-8");
        MapFile(app, "/style.css", "style.css", "text/css; charset=utf-8");
        MapFile(app, "/app.js", "app.js", "text/javascript; charset=utf-8");
        MapFile(app, "/chart.js", "chart.js", "text/javascript; charset=utf-8");
    }

    private static void MapFile(IEndpointRouteBuilder app, string path, string name, string contentType)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        byte[] content = new byte[resource.Length];
        resource.ReadExactly(content);
        app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], () => TypedResults.Bytes(content, contentType)).ExcludeFromDescription();
    }
}
