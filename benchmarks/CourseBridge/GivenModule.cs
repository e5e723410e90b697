namespace Cs336.Benchmarks;

/// <summary>A module that has tensors of a Python module's state dict as parameters, under the same names.</summary>
internal sealed class GivenModule : nn.Module
{
    public GivenModule(IEnumerable<KeyValuePair<string, Tensor>> tensors) : base(nameof(GivenModule))
    {
        foreach (IGrouping<string, KeyValuePair<string, Tensor>> group in tensors.GroupBy(item => item.Key.Split('.')[0]))
        {
            if (group.First().Key == group.Key)
            {
                register_parameter(group.Key, new Parameter(group.Single().Value));
                continue;
            }
            register_module(group.Key, new GivenModule(
                group.Select(item => KeyValuePair.Create(item.Key[(group.Key.Length + 1)..], item.Value))));
        }
    }
}
