using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace StoryServer.Web;

/// <summary>Refuses JSON in a charset that there is not, and takes the quotes off one that there is: ASP.NET Core fails on both.</summary>
internal static class Charsets
{
    public static void Use(WebApplication app) => app.Use(async (context, next) =>
    {
        if (HttpMethods.IsPost(context.Request.Method)
            && MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            && !StringSegment.IsNullOrEmpty(type.Charset))
        {
            string charset = HeaderUtilities.RemoveQuotes(type.Charset).ToString();
            if (!IsKnown(charset))
            {
                await Results.Problem(
                    $"The charset {charset} is not known: send the JSON as UTF-8.", statusCode: StatusCodes.Status415UnsupportedMediaType)
                    .ExecuteAsync(context);
                return;
            }
            type.Charset = charset;
            context.Request.ContentType = type.ToString();
        }
        await next(context);
    });

    private static bool IsKnown(string charset)
    {
        try
        {
            Encoding.GetEncoding(charset);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
