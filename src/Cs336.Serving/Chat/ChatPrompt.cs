using System.Text;
using Cs336.Tokenizers;
using Microsoft.Extensions.AI;

namespace Cs336.Serving;

/// <summary>Writes a conversation out by a template and encodes it.</summary>
internal sealed class ChatPrompt(ITokenizer tokenizer, ChatTemplate template)
{
    private readonly List<int> _ids = [];
    private readonly StringBuilder _plain = new(); // between two special tokens, encoded as one text as in training

    public static int[] Encode(ITokenizer tokenizer, ChatTemplate template, string? instructions, IEnumerable<ChatMessage> messages)
    {
        ChatPrompt prompt = new(tokenizer, template);
        prompt.AddMark(template.Start);
        if (!string.IsNullOrEmpty(instructions)) prompt.AddMessage(ChatRole.System, instructions);
        bool any = false;
        foreach (ChatMessage message in messages)
        {
            any = true;
            prompt.AddMessage(message.Role, TextOf(message));
        }
        if (!any) throw new ArgumentException("There are no messages to answer: give at least one.");
        prompt.AddMark(template.BeforeAssistant);
        prompt.EncodePlain();
        return [.. prompt._ids];
    }

    private void AddMessage(ChatRole role, string text)
    {
        (string before, string after) =
            role == ChatRole.System ? (template.BeforeSystem, template.AfterSystem)
            : role == ChatRole.User ? (template.BeforeUser, template.AfterUser)
            : role == ChatRole.Assistant ? (template.BeforeAssistant, template.AfterAssistant)
            : throw new NotSupportedException($"A message has the role '{role}', but this client knows system, user and assistant alone.");
        AddMark(before);
        _plain.Append(text);
        AddMark(after);
    }

    private void AddMark(string mark)
    {
        for (int place = 0; place < mark.Length;)
        {
            (int start, string token) = FindSpecialToken(mark, place);
            _plain.Append(mark, place, start - place);
            if (token.Length > 0)
            {
                EncodePlain();
                _ids.Add(tokenizer.SpecialTokens[token]);
            }
            place = start + token.Length;
        }
    }

    /// <summary>The first special token from a place on, and of several there the longest; or the end and nothing.</summary>
    private (int Start, string Token) FindSpecialToken(string mark, int place)
    {
        for (int start = place; start < mark.Length; start++)
        {
            string longest = "";
            foreach (string token in tokenizer.SpecialTokens.Keys)
                if (token.Length > longest.Length && mark.AsSpan(start).StartsWith(token, StringComparison.Ordinal)) longest = token;
            if (longest.Length > 0) return (start, longest);
        }
        return (mark.Length, "");
    }

    private void EncodePlain()
    {
        if (_plain.Length == 0) return;
        _ids.AddRange(tokenizer.Encode(_plain.ToString()));
        _plain.Clear();
    }

    private static string TextOf(ChatMessage message)
    {
        foreach (AIContent content in message.Contents)
            if (content is not TextContent)
                throw new NotSupportedException($"A message holds a {content.GetType().Name}, but this client takes text alone.");
        return message.Text;
    }
}
