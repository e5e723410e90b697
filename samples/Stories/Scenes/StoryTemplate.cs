using System.Text;

namespace Stories;

/// <summary>
/// Turns a template into text. A template is English with two extras:
/// <list type="bullet">
/// <item><c>{hero}</c>, <c>{hero.his}</c>: the words a <see cref="Scene"/> has for that slot and form. A capital,
/// <c>{Hero.he}</c>, puts one on the words.</item>
/// <item><c>[cried|shouted]</c>: any one of these. They do not nest, but may hold slots.</item>
/// </list>
/// Speech stands in curly quotes, which become straight ones: C# strings then need no escapes.
/// </summary>
internal static class StoryTemplate
{
    /// <summary>The text of a template, with alternatives drawn from <paramref name="random"/>.</summary>
    /// <exception cref="InvalidOperationException">A bracket is not closed, or the scene lacks a slot.</exception>
    public static string Render(string template, Scene scene, StoryRandom random)
    {
        var text = new StringBuilder();
        Append(text, template, scene, random);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string template, Scene scene, StoryRandom random)
    {
        for (int i = 0; i < template.Length; i++)
        {
            switch (template[i])
            {
                case '{':
                    string reference = Until('}', template, ref i);
                    int start = text.Length;
                    Append(text, scene.Resolve(char.ToLowerInvariant(reference[0]) + reference[1..]), scene, random);
                    if (char.IsUpper(reference[0])) text[start] = char.ToUpperInvariant(text[start]);
                    break;
                case '[':
                    Append(text, random.Pick(Until(']', template, ref i).Split('|')), scene, random);
                    break;
                case '“' or '”':
                    text.Append('"');
                    break;
                default:
                    text.Append(template[i]);
                    break;
            }
        }
    }

    /// <summary>The text inside the bracket at <paramref name="position"/>, which moves to the bracket's end.</summary>
    private static string Until(char end, string template, ref int position)
    {
        int start = position + 1;
        position = template.IndexOf(end, start);
        return position > start ? template[start..position] : throw new InvalidOperationException(
            $"The template '{template}' has an empty or open bracket at {start - 1}: add words and '{end}'.");
    }
}
